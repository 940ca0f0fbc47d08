#include "tests/process/relay.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <list>
#include <thread>
#include <utility>

namespace process {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct Link : std::enable_shared_from_this<Link> {
  Link(tcp::socket near_given, asio::io_context& io) : near(std::move(near_given)), far(io) {}

  void close() {
    error_code ignored;
    near.close(ignored);
    far.close(ignored);
  }
  void pass(tcp::socket& from, tcp::socket& to, std::array<char, 65'536>& buffer) {
    from.async_read_some(asio::buffer(buffer), [this, self = shared_from_this(), &from, &to, &buffer](
                                                   const error_code& error, std::size_t bytes) {
      if (error) return close();
      asio::async_write(to, asio::buffer(buffer, bytes),
                        [this, self, &from, &to, &buffer](const error_code& failed, std::size_t) {
                          failed ? close() : pass(from, to, buffer);
                        });
    });
  }

  tcp::socket near;
  tcp::socket far;
  std::array<char, 65'536> there{};
  std::array<char, 65'536> back{};
};

}  // namespace

class Relay::Impl {
 public:
  Impl(std::uint16_t port, std::uint16_t target)
      : target_(asio::ip::address_v4::loopback(), target), acceptor_(io_, {asio::ip::address_v4::loopback(), port}) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Impl() {
    io_.stop();
    thread_.join();
  }

  void cut() {
    asio::post(io_, [this] {
      for (const auto& link : links_) {
        if (const auto open = link.lock()) open->close();
      }
      links_.clear();
    });
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error) return;
      const auto link = std::make_shared<Link>(std::move(socket), io_);
      std::erase_if(links_, [](const auto& other) { return other.expired(); });
      links_.push_back(link);
      link->far.async_connect(target_, [link](const error_code& failed) {
        if (failed) return link->close();
        link->pass(link->near, link->far, link->there);
        link->pass(link->far, link->near, link->back);
      });
      accept();
    });
  }

  asio::io_context io_{1};
  const tcp::endpoint target_;
  tcp::acceptor acceptor_;
  std::list<std::weak_ptr<Link>> links_;
  std::thread thread_;
};

Relay::Relay(std::uint16_t port, std::uint16_t target) : impl_(std::make_unique<Impl>(port, target)) {}
Relay::~Relay() = default;
void Relay::cut() { impl_->cut(); }

}  // namespace process
