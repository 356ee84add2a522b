"""The files door: GET and HEAD of signed addresses of pictures (``storage.links``)."""
