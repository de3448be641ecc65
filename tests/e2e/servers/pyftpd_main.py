"""The program that servers/pyftpd.py starts: address, port, root, bytes a second (0: no limit)."""

import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, ThrottledDTPHandler
from pyftpdlib.servers import MultiprocessFTPServer


def main(address, port, root, rate_bytes):
    FTPHandler.authorizer = DummyAuthorizer()
    FTPHandler.authorizer.add_anonymous(root)
    if int(rate_bytes):
        FTPHandler.dtp_handler = ThrottledDTPHandler
        ThrottledDTPHandler.write_limit = int(rate_bytes)
    MultiprocessFTPServer((address, int(port)), FTPHandler).serve_forever()


main(*sys.argv[1:])
