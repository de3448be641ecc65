// Lambdas as the cases of a std::visit.
#pragma once

namespace ftpull::net {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace ftpull::net
