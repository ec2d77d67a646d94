// echo_node: a server that pipes each client to itself.
const server = require("net").createServer((peer) => {
    peer.on("error", () => peer.destroy());
    peer.pipe(peer);
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
    const { address, port } = server.address();
    console.log(`listening on ${address}:${port}`);
});
