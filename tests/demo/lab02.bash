#!/usr/bin/env bash
# The play of lab 02: a server that takes turns, and waits in each.

step 'The server starts. It keeps a list of clients, and calls each in turn.'
listen_on_the_wire
start_server
server_is S
so 'The list is empty, so it waits for a first client: it sleeps in accept.'

step 'Client 1 connects and sends half a line.'
connect 1
shown server '127\.0\.0\.11:.* came$'
begins 1 'half a'
unread 1 0
server_is S
so 'The server has read it and wants the rest: it sleeps in recv, in the turn of
client 1.'

step 'Client 2 connects and sends a line.'
connect 2
says 2 one
unread 2 4
so 'It is connected by the kernel alone: the server has not said that it came.
The line lies there, 4 bytes that nobody reads.'

step 'Client 3 connects and sends a line.'
connect 3
says 3 uno
unread 3 4
server_is S
so 'The same. Two clients starve, and the server sleeps.'

step 'Client 1 completes its line.'
says 1 ' line'
answered 1 'half a line'
shown server '127\.0\.0\.12:.* came$'
unread 2 4
server_is S
so 'Client 1 has its answer, client 2 was let in, and now it is the turn of
client 1 again: the server sleeps in recv, though client 2 has sent a line.'

step 'Client 1 leaves (Ctrl-D).'
leaves 1
answered 2 one
shown server '127\.0\.0\.13:.* came$'
unread 3 4
so 'Client 2 had its turn, client 3 was let in, and it is the turn of client 2
again.'

step 'Client 2 leaves.'
leaves 2
answered 3 uno
so 'The turn of client 3 came. And now the server waits for a new client, in
accept, before it calls client 3 once more.'

step 'Client 3 leaves, and Ctrl-C ends the server.'
leaves 3
server_is S
stop_server
so 'That client 3 left, the server has never noticed: nobody called.'
