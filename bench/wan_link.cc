// A long-distance link in user space between two network namespaces, where the kernel has no netem.
// Linux only; needs root.
//
//   wan_link CLIENT_NS CLIENT_IP SERVER_NS SERVER_IP [OPTION VALUE]...
//
//   --delay-ms 20      one way
//   --rate-mbit 400    of the whole link, each way; 0: as fast as it goes
//   --flow-mbit 40     of each TCP flow; 0: no limit of its own
//   --uneven 1         flows get 0.1 to 1.0 of that
//   --queue-kib 4096   before the link, and before each flow's limit; what does not fit is dropped
//   --loss 0.3         per cent of packets, at random, each way
//   --mtu 1500
//   --seed 1           which packets are lost and which flow gets what
//
// Makes a TUN device "wan0" in each namespace, gives them these addresses and says "ready"; runs
// until SIGTERM, SIGINT or the end of the process that started it, then prints what crossed. The
// devices go with it.
//
// A packet passes its flow's shaper, then the link, both first in first out, then the delay:
//
//   TUN ─▶ flow 1 ─┐
//   TUN ─▶ flow 2 ─┼─▶ link ─▶ delay ─▶ the other TUN
//   TUN ─▶ flow 3 ─┘
//
// When each leaves is computed when it comes, so that waking up late (every half
// millisecond while there is traffic) makes no packet slower than the link. One thread for each
// direction; packets stand in slots that are made once.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fcntl.h>
#include <functional>
#include <linux/if_tun.h>
#include <memory>
#include <net/if.h>
#include <poll.h>
#include <queue>
#include <random>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using Nanoseconds = int64_t;

constexpr Nanoseconds kSecond = 1'000'000'000;
// Short beside any delay that is worth a link of its own, long beside the cost of waking up.
constexpr Nanoseconds kTick = 500'000;
// A queue and a delay's worth of packets at 1 Gbit/s and 100 ms; beyond it they are dropped.
constexpr size_t kSlots = 16'384;
constexpr size_t kSlotBytes = 2048;
// Many more than connections at one time, so that two seldom share a place.
constexpr size_t kFlows = 4096;
constexpr size_t kFlowProbes = 16;
// A control connection sends less. Flows are counted, for their share, when they have sent more.
constexpr uint64_t kControlBytes = 16 * 1024;
constexpr int kDeviceQueuePackets = 10'000;
constexpr const char* kDevice = "wan0";

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "wan_link: %s\n", what.c_str());
  std::exit(1);
}

[[noreturn]] void die_of_errno(const std::string& what) {
  die(what + ": " + std::strerror(errno));
}

Nanoseconds now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

struct Settings {
  std::string client_namespace, client_ip, server_namespace, server_ip;
  double delay_ms = 20;
  double rate_mbit = 400;
  double flow_mbit = 0;
  bool uneven = false;
  uint64_t seed = 1;
  double queue_kib = 4096;
  double loss_percent = 0;
  int mtu = 1500;
};

double number_of(std::string_view name, const char* text) {
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= 0)) {
    die(std::string(name) + " needs a number that is not negative, not '" + text + "'");
  }
  return value;
}

Settings parse(int argc, char** argv) {
  if (argc < 5 || argc % 2 == 0) {
    die("usage: wan_link CLIENT_NS CLIENT_IP SERVER_NS SERVER_IP [OPTION VALUE]...");
  }
  Settings settings;
  settings.client_namespace = argv[1];
  settings.client_ip = argv[2];
  settings.server_namespace = argv[3];
  settings.server_ip = argv[4];
  for (int i = 5; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const double value = number_of(name, argv[i + 1]);
    if (name == "--delay-ms") {
      settings.delay_ms = value;
    } else if (name == "--rate-mbit") {
      settings.rate_mbit = value;
    } else if (name == "--flow-mbit") {
      settings.flow_mbit = value;
    } else if (name == "--uneven") {
      settings.uneven = value != 0;
    } else if (name == "--seed") {
      settings.seed = static_cast<uint64_t>(value);
    } else if (name == "--queue-kib") {
      settings.queue_kib = value;
    } else if (name == "--loss") {
      settings.loss_percent = value;
    } else if (name == "--mtu") {
      settings.mtu = static_cast<int>(value);
    } else {
      die("there is no option " + std::string(name));
    }
  }
  if (settings.mtu < 576 || settings.mtu > static_cast<int>(kSlotBytes)) {
    die("--mtu must be from 576 to " + std::to_string(kSlotBytes));
  }
  return settings;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

ifreq request() {
  ifreq request{};
  std::strncpy(request.ifr_name, kDevice, IFNAMSIZ - 1);
  return request;
}

void set(int fd, unsigned long what, ifreq& value, const char* name) {
  if (ioctl(fd, what, &value) != 0) die_of_errno(std::string("cannot set ") + name);
}

void set_address(int fd, unsigned long what, const std::string& ip) {
  ifreq value = request();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1)
    die("'" + ip + "' is no IPv4 address");
  std::memcpy(&value.ifr_addr, &address, sizeof address);
  set(fd, what, value, ip.c_str());
}

/// The device stays where it was made when this process enters another namespace.
Descriptor make_device(const std::string& space, const std::string& ip, const std::string& peer,
                       int mtu) {
  const std::string path = "/run/netns/" + space;
  const Descriptor space_fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (space_fd.get() < 0) die_of_errno("cannot open " + path + "; type: ip netns add " + space);
  if (setns(space_fd.get(), CLONE_NEWNET) != 0) die_of_errno("cannot enter " + path);
  Descriptor device(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (device.get() < 0) die_of_errno("cannot open /dev/net/tun");
  ifreq value = request();
  value.ifr_flags = IFF_TUN | IFF_NO_PI;
  set(device.get(), TUNSETIFF, value, "the device");
  const Descriptor control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  set_address(control.get(), SIOCSIFADDR, ip);
  set_address(control.get(), SIOCSIFDSTADDR, peer);
  value = request();
  value.ifr_mtu = mtu;
  set(control.get(), SIOCSIFMTU, value, "the MTU");
  value = request();
  value.ifr_qlen = kDeviceQueuePackets;
  set(control.get(), SIOCSIFTXQLEN, value, "the queue's length");
  value = request();
  value.ifr_flags = IFF_UP | IFF_RUNNING;
  set(control.get(), SIOCSIFFLAGS, value, "the device up");
  return device;
}

struct Packet {
  Nanoseconds due = 0;  // leaves the stage where it is
  uint32_t slot = 0;
  uint32_t bytes = 0;
};

struct Counts {
  uint64_t packets = 0, bytes = 0, queue_drops = 0, losses = 0;
};

struct Flow {
  uint64_t key = 0;  // 0: free
  uint64_t bytes = 0;
  double rate = 0;       // bytes a nanosecond
  Nanoseconds free = 0;  // when its shaper has sent what it has
  std::deque<Packet> waiting;
};

/// Addresses and ports of a TCP or UDP packet over IPv4; never 0.
uint64_t flow_key(const unsigned char* packet, size_t bytes) {
  const size_t header = static_cast<size_t>(packet[0] & 15) * 4;
  if (bytes < header + 4 || packet[0] >> 4 != 4) return 1;
  uint32_t source = 0, target = 0, ports = 0;
  std::memcpy(&source, packet + 12, 4);
  std::memcpy(&target, packet + 16, 4);
  std::memcpy(&ports, packet + header, 4);
  uint64_t key = (uint64_t{source} << 32 | target) * 0x9E3779B97F4A7C15 ^ ports;
  key = (key ^ key >> 29) * 0xBF58476D1CE4E5B9;
  return (key ^ key >> 32) | 1;
}

class Direction {
 public:
  Direction(int from, int to, const Settings& settings, uint64_t seed)
      : from_(from),
        to_(to),
        settings_(settings),
        rate_(settings.rate_mbit / 8000),
        queue_bytes_(settings.queue_kib * 1024),
        loss_(settings.loss_percent / 100),
        delay_(static_cast<Nanoseconds>(settings.delay_ms * 1e6)),
        random_(seed),
        memory_(std::make_unique_for_overwrite<unsigned char[]>(kSlots * kSlotBytes)),
        flows_(settings.flow_mbit > 0 ? kFlows : 0) {
    for (uint32_t slot = kSlots; slot > 0; --slot) free_.push_back(slot - 1);
  }

  const Counts& counts() const { return counts_; }

  void run(const volatile std::sig_atomic_t& stop) {
    while (!stop) {
      const Nanoseconds time = now();
      const bool came = receive(time);
      leave_shapers(time);
      deliver(time);
      if (came || !delayed_.empty() || !next_.empty()) {
        // Without looking for packets: one that comes waits, and is taken with others.
        const Nanoseconds wake = time + kTick;
        const timespec until{wake / kSecond, wake % kSecond};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      }
      wait_for_packet(now());
    }
  }

 private:
  /// Or for the moment when one that is here goes on.
  void wait_for_packet(Nanoseconds time) {
    constexpr Nanoseconds kLookForStop = 100'000'000;
    Nanoseconds left = kLookForStop;
    if (!delayed_.empty()) left = std::min(left, delayed_.front().due - time);
    if (!next_.empty()) left = std::min(left, next_.top().first - time);
    if (left <= 0) return;
    const timespec timeout{left / kSecond, left % kSecond};
    pollfd wanted{from_, POLLIN, 0};
    ppoll(&wanted, 1, &timeout, nullptr);
  }

  /// All that has come. Says whether anything has.
  bool receive(Nanoseconds time) {
    bool any = false;
    while (!free_.empty()) {
      const uint32_t slot = free_.back();
      const ssize_t got = read(from_, at(slot), kSlotBytes);
      if (got <= 0) return any;
      any = true;
      if (loss_ > 0 && chance_(random_) < loss_) {
        ++counts_.losses;
        continue;
      }
      free_.pop_back();
      const Packet packet{time, slot, static_cast<uint32_t>(got)};
      flows_.empty() ? enter_link(packet) : enter_shaper(packet);
    }
    return any;
  }

  void enter_shaper(Packet packet) {
    Flow& flow = flow_of(flow_key(at(packet.slot), packet.bytes), packet.due);
    flow.bytes += packet.bytes;
    if (flow.bytes > kControlBytes && flow.bytes - packet.bytes <= kControlBytes) {
      flow.rate *= share(++counted_flows_);
    }
    flow.free = std::max(flow.free, packet.due);
    if (static_cast<double>(flow.free - packet.due) * flow.rate > queue_bytes_) return drop(packet);
    flow.free += static_cast<Nanoseconds>(packet.bytes / flow.rate);
    packet.due = flow.free;
    if (flow.waiting.empty()) next_.emplace(packet.due, &flow);
    flow.waiting.push_back(packet);
  }

  void leave_shapers(Nanoseconds time) {
    while (!next_.empty() && next_.top().first <= time) {
      Flow& flow = *next_.top().second;
      next_.pop();
      enter_link(flow.waiting.front());
      flow.waiting.pop_front();
      if (!flow.waiting.empty()) next_.emplace(flow.waiting.front().due, &flow);
    }
  }

  void enter_link(Packet packet) {
    if (rate_ > 0) {
      link_free_ = std::max(link_free_, packet.due);
      if (static_cast<double>(link_free_ - packet.due) * rate_ > queue_bytes_) return drop(packet);
      link_free_ += static_cast<Nanoseconds>(packet.bytes / rate_);
      packet.due = link_free_;
    }
    packet.due += delay_;
    delayed_.push_back(packet);
  }

  void deliver(Nanoseconds time) {
    while (!delayed_.empty() && delayed_.front().due <= time) {
      const Packet packet = delayed_.front();
      delayed_.pop_front();
      // A device that refuses a packet, while it is taken down, loses it as a real link would.
      const bool sent = write(to_, at(packet.slot), packet.bytes) == packet.bytes;
      counts_.packets += sent;
      counts_.bytes += sent ? packet.bytes : 0;
      counts_.losses += !sent;
      free_.push_back(packet.slot);
    }
  }

  void drop(const Packet& packet) {
    ++counts_.queue_drops;
    free_.push_back(packet.slot);
  }

  /// By the order in which flows first send much: ports are chosen at random, and every program
  /// that is compared shall meet the same shares.
  double share(uint64_t number) const {
    if (!settings_.uneven) return 1;
    std::mt19937_64 random(settings_.seed * 1'000'003 + number);
    return std::uniform_real_distribution<double>(0.1, 1.0)(random);
  }

  /// A place that is free, or idle, is taken; failing that two flows share one.
  Flow& flow_of(uint64_t key, Nanoseconds time) {
    Flow* best = nullptr;
    for (size_t probe = 0; probe < kFlowProbes; ++probe) {
      Flow& flow = flows_[(key / 2 + probe) % kFlows];
      if (flow.key == key) return flow;
      const bool idle = flow.waiting.empty() && flow.free <= time;
      if (flow.key == 0 || (idle && best == nullptr)) best = &flow;
      if (flow.key == 0) break;
    }
    if (best == nullptr) return flows_[key / 2 % kFlows];
    best->key = key;
    best->bytes = 0;
    best->rate = settings_.flow_mbit / 8000;
    best->free = 0;
    return *best;
  }

  unsigned char* at(uint32_t slot) { return memory_.get() + slot * kSlotBytes; }

  const int from_;
  const int to_;
  const Settings& settings_;
  const double rate_;  // bytes a nanosecond
  const double queue_bytes_;
  const double loss_;
  const Nanoseconds delay_;
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> chance_{0, 1};
  std::unique_ptr<unsigned char[]> memory_;
  std::vector<uint32_t> free_;  // the last one used is the first one taken: it is in the cache
  std::vector<Flow> flows_;
  using Turn = std::pair<Nanoseconds, Flow*>;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> next_;  // each flow's first packet
  uint64_t counted_flows_ = 0;
  Nanoseconds link_free_ = 0;
  std::deque<Packet> delayed_;
  Counts counts_;
};

volatile std::sig_atomic_t stopped = 0;

void print(const char* name, const Counts& counts) {
  std::printf("%s packets %ju bytes %ju queue_drops %ju losses %ju\n", name, counts.packets,
              counts.bytes, counts.queue_drops, counts.losses);
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = parse(argc, argv);
  const Descriptor client =
      make_device(settings.client_namespace, settings.client_ip, settings.server_ip, settings.mtu);
  const Descriptor server =
      make_device(settings.server_namespace, settings.server_ip, settings.client_ip, settings.mtu);
  // However the one who wanted a link ends, none stays behind.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  // A link does not slow down because the machine is busy.
  constexpr int kPriority = -15;
  setpriority(PRIO_PROCESS, 0, kPriority);
  Direction up(client.get(), server.get(), settings, 2 * settings.seed);
  Direction down(server.get(), client.get(), settings, 2 * settings.seed + 1);
  std::thread thread([&] { up.run(stopped); });
  std::printf("ready\n");
  std::fflush(stdout);
  down.run(stopped);
  thread.join();
  print("client_to_server", up.counts());
  print("server_to_client", down.counts());
}
