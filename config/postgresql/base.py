from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Asked before the first query of each request on a kept connection (CONN_HEALTH_CHECKS).

        Django sends SELECT 1, which doubles the queries of a poll. A server that ended has closed
        the socket, and a closed socket is readable: only then is it asked.
        """
        if self.connection is None or self.connection.closed:
            return False
        watched = select.poll()
        watched.register(self.connection.fileno(), select.POLLIN)
        return not watched.poll(0) or bool(super().is_usable())
