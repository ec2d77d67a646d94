// echo: a server with a goroutine a client.
package main

import (
	"fmt"
	"net"
	"os"
)

// io.Copy(peer, peer) would be shorter, and slower here: it has the kernel move
// the bytes through a pipe, with two calls more for each line.
func serve(peer net.Conn) {
	defer peer.Close()
	bytes := make([]byte, 16384)
	for {
		n, err := peer.Read(bytes)
		if err != nil {
			return
		}
		if _, err = peer.Write(bytes[:n]); err != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		peer, err := listener.Accept()
		if err == nil {
			go serve(peer)
		}
	}
}
