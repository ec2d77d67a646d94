"""echo_asyncio: a server on asyncio's streams; with the argument uvloop, on
uvloop's loop."""
import asyncio
import sys


async def serve(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    host, port = server.sockets[0].getsockname()
    print(f"listening on {host}:{port}", flush=True)
    await server.serve_forever()


if "uvloop" in sys.argv:
    import uvloop
    uvloop.install()
asyncio.run(main())
