// sdk/asio.cpp - Boost.Asio and Boost.Beast, compiled once (target hansard_asio), so that every
// other file that includes them compiles faster. Nothing of ours belongs here.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
