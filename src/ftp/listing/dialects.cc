#include "ftp/listing/dialects.h"

namespace ftpull::ftp {

std::span<const Dialect> dialects() {
  static constexpr Dialect kDialects[] = {
      {"MLSD", parse_mlsd},
      {"EPLF", parse_eplf},
      {"UNIX", parse_unix},
      {"UNIX, numeric", parse_unix_numeric},
      {"NetWare", parse_netware},
      {"DOS", parse_dos},
      {"OS/2", parse_os2},
      {"VMS", parse_vms},
      {"OS/400", parse_os400},
      {"MVS data sets", parse_mvs_data_set},
      {"MVS members", parse_mvs_member},
      {"MVS jobs", parse_mvs_job},
      {"NonStop", parse_nonstop},
      {"VxWorks", parse_vxworks},
      {"VM", parse_vm},
      {"Chameleon", parse_chameleon},
      {"heading", parse_heading},
      // Any word alone may be the first half of one of these.
      {"dls", parse_dls},
  };
  return kDialects;
}

}  // namespace ftpull::ftp
