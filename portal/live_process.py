"""The process of the open pages' sockets: one greenlet a page, no sticky sessions, told by the broker."""

# isort: skip_file
# gevent replaces blocking calls; whatever was imported before it would keep the old ones, psycopg's waiting included.
from gevent import monkey

monkey.patch_all()

from portal.app import create_app
from portal.core.settings import Settings
from portal.serve import Server, _shared


def main() -> None:
    settings = Settings.from_environment()
    Server(
        lambda: create_app(settings, sockets="gevent"),
        **_shared(settings),
        worker_class="gevent",
        workers=1,
        worker_connections=20_000,
        graceful_timeout=3,  # a socket never ends by itself, and its page comes back by itself
    ).run()


if __name__ == "__main__":
    main()
