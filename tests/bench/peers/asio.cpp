/* asio: an echo server with a C++20 coroutine a client. */
#include <utility> // Boost 1.74 (Debian 12) uses it, and does not include it

#include <boost/asio.hpp>
#include <cstdio>

using boost::asio::awaitable;
using boost::asio::buffer;
using boost::asio::co_spawn;
using boost::asio::detached;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;

static awaitable<void>
serve(tcp::socket peer)
{
    char bytes[16384];

    try {
        for (;;) {
            std::size_t n =
                co_await peer.async_read_some(buffer(bytes), use_awaitable);

            co_await async_write(peer, buffer(bytes, n), use_awaitable);
        }
    } catch (const std::exception &) { // the client has left
    }
}

static awaitable<void>
welcome(tcp::acceptor &listener)
{
    for (;;)
        co_spawn(listener.get_executor(),
                 serve(co_await listener.async_accept(use_awaitable)),
                 detached);
}

int
main()
{
    boost::asio::io_context loop(1);
    tcp::acceptor listener(
        loop, {boost::asio::ip::make_address("127.0.0.1"), 0});

    std::printf("listening on 127.0.0.1:%d\n",
                listener.local_endpoint().port());
    std::fflush(stdout);
    co_spawn(loop, welcome(listener), detached);
    loop.run();
}
