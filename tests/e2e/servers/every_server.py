"""All real servers of the tests."""

from servers.inetutils import InetutilsFtpd
from servers.proftpd import ProFtpd
from servers.pureftpd import PureFtpd
from servers.pyftpd import PyFtpd
from servers.vsftpd import Vsftpd

EVERY_SERVER = (Vsftpd, ProFtpd, PureFtpd, PyFtpd, InetutilsFtpd)
