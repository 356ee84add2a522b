"""What can be done with a finished picture: made again or varied, enlarged, downloaded, copied as
text and code, shared."""
