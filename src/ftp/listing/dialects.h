// The ways in which servers write a listing, as a table of parsers (QUIRKS L16).
//
// A parser looks at one line and says whether it is of its dialect. It takes what it is sure of and
// leaves the rest of the entry empty; a column that is there and cannot be read makes the line not
// understood, because then the others may not be what they seem either. Whether a name may be used
// is not decided here but by ListingReader, for all of them.
//
// Known from other clients' sources and tests (tests/ftp/data/listings), no other description of
// most of them exists. Only MLSD is a standard (RFC 3659), and EPLF has an author's page.
#pragma once

#include <span>
#include <string_view>

#include "ftpull/entry.h"

#include "ftp/listing/line.h"

namespace ftpull::ftp {

enum class Verdict {
  entry,       // it is in `entry`
  own_folder,  // it is of the folder that is listed, or of its parent
  heading,     // what stands above or below entries
  first_half,  // may be an entry together with the next line
  unknown
};

struct Dialect {
  std::string_view name;  // for tests and logs
  /// `entry` is clear before and worth nothing after all verdicts but `entry`.
  Verdict (*parse)(const Line& line, Entry& entry);
};

/// In the order in which they are asked: the strictest first.
std::span<const Dialect> dialects();

// type=file;size=5;modify=20030405060708; name
// RFC 3659 section 7.2, in any case, also as an answer to LIST (L14, L15). A line that begins with
// a blank is a name without facts, but only after lines with some.
Verdict parse_mlsd(const Line& line, Entry& entry);

// +i8388621.29609,m824255902,/,<tab>dev
// "Easily Parsed LIST Format" of D. J. Bernstein: publicfile, anonftpd.
Verdict parse_eplf(const Line& line, Entry& entry);

// -rw-r--r--   1 root     other        531 Jan 29 03:26 README
// Also without link count, owner or group, with two triplets (HylaFAX), with the sizes of forks
// (NetPresenz), with "C--E-----FTP" for a mode (Connect:Enterprise), with a date of ls_columns.h.
Verdict parse_unix(const Line& line, Entry& entry);

// 0100644   500  101   12345    123456789       name
// The same in numbers: mode, owner, group, size, UTC.
Verdict parse_unix_numeric(const Line& line, Entry& entry);

// d [R----F--] supervisor            512       Jan 16 18:53    login
// d[RWCEMFA]  1 cyp           512 Jul 01 11:49 htdocs
Verdict parse_netware(const Line& line, Entry& entry);

// 04-27-00  09:09PM       <DIR>          licensed
// 07-18-2000  10:16                16 name
// IIS and those that do as it does. Month first; a link is a <JUNCTION>.
Verdict parse_dos(const Line& line, Entry& entry);

//      0           DIR   05-12-97   16:44  PSFONTS
Verdict parse_os2(const Line& line, Entry& entry);

// CMT.CSV             0      Jul 06 1995 14:56   RHA
// INSTALL         <DIR>           11-16-94        17:17
// Chameleon, SuperTCP.
Verdict parse_chameleon(const Line& line, Entry& entry);

// UCX$REXECD_STARTUP.LOG;1098
//                          4/15         24-FEB-2003 13:17:24  [POSTWARE,LP]    (RWED,RWED,RE,)
// CORE.DIR;1          1  8-SEP-1996 16:09 [SYSTEM] (RWE,RWE,RE,RE)
// Long names have a line of their own. A folder's name is without ".DIR", as commands want it, and
// the version is not part of a name.
Verdict parse_vms(const Line& line, Entry& entry);

// PEP              4019 04/03/18 18:58:16 *STMF      einladung.zip
// The order of a date is the job's and is not told: with '/' it is taken as year, month, day, and
// if there is none as month, day, year.
Verdict parse_os400(const Line& line, Entry& entry);

// SAVE00 3390   2004/06/23  1    1  FB     128  6144  PS    INCOMING.RPTBM023.D061704
// z/OS, data sets. Partitioned ones (PO) are folders, of members. The date is that of the last use,
// so there is no time.
Verdict parse_mvs_data_set(const Line& line, Entry& entry);

// SAVE03    01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001
// z/OS, members of a data set. Those without statistics are a name alone, which is believed only
// after lines of this dialect, its heading being one.
Verdict parse_mvs_member(const Line& line, Entry& entry);

// IBMUSER  TSU01830 IBMUSER  OUTPUT TSU      ABEND=522 3 spool files
// z/OS, jobs.
Verdict parse_mvs_job(const Line& line, Entry& entry);

// IGNWEB    101     528  6-Apr-07 14:21:18 255, 0 "oooo"
// HP NonStop, Tandem.
Verdict parse_nonstop(const Line& line, Entry& entry);

//     2048    Feb-28-1998  05:23:30   name              <DIR>
// VxWorks.
Verdict parse_vxworks(const Line& line, Entry& entry);

// README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291
// PROFILE  EXEC      A1 V      17     3      1       9/12/91   12:39:07
// z/VM and VM/CMS. A name is file name, '.', file type.
Verdict parse_vm(const Line& line, Entry& entry);

// pub/                  =  Jul 11 21:04  Public area
// "dls" of Windows NT 3.x: names, sizes that end in column 23, descriptions. Long names have a line
// of their own.
Verdict parse_dls(const Line& line, Entry& entry);

// total 12
// What stands above and below entries, whatever the dialect.
Verdict parse_heading(const Line& line, Entry& entry);

}  // namespace ftpull::ftp
