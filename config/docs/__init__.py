"""/docs/: the API's documents: an OpenAPI document for each dialect, what each error means, and the
pages of docs/api. Public: there is nothing in them that is somebody's."""
