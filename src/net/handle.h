// Ownership of libuv handles. uv_close() is asynchronous: the memory of a handle must stay until
// its close callback, longer than its C++ owner. So an owner holds a Handle, whose deleter forgets
// the owner (`data`), begins the close, and frees the memory in the close callback: no callback
// reaches a destroyed owner.
#pragma once

#include <memory>

#include <uv.h>

namespace ftpull::net {

template <class UvHandle>
struct CloseHandle {
  void operator()(UvHandle* handle) const {
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<UvHandle*>(closed); });
  }
};

template <class UvHandle>
using Handle = std::unique_ptr<UvHandle, CloseHandle<UvHandle>>;

}  // namespace ftpull::net
