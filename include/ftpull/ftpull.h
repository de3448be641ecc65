// Everything that a program which embeds libftpull needs.
#pragma once

#include "ftpull/byte_range.h"   // IWYU pragma: export
#include "ftpull/entry.h"        // IWYU pragma: export
#include "ftpull/error.h"        // IWYU pragma: export
#include "ftpull/fetch.h"        // IWYU pragma: export
#include "ftpull/list.h"         // IWYU pragma: export
#include "ftpull/mirror.h"       // IWYU pragma: export
#include "ftpull/part_status.h"  // IWYU pragma: export
#include "ftpull/url.h"          // IWYU pragma: export
#include "ftpull/verify.h"       // IWYU pragma: export
