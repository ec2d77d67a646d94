#!/usr/bin/env bash
# The play of lab 01: a server for one client.

step 'The server starts. What does it do while nobody is there?'
listen_on_the_wire
start_server
server_is S
so 'It sleeps, in accept.'

step 'Client 1 connects and sends half a line.'
connect 1
begins 1 'half a'
shown server '" a"$'
server_is S
so 'The server has read it, two bytes at a time, and wants the rest: it sleeps
in recv.'

step 'Client 2 connects and sends a line.'
connect 2
says 2 one
unread 2 4
so 'The kernel took the connection and the bytes. The server has not moved: it
stands in recv, and nobody calls accept.'

step 'Client 3 connects and sends a line.'
connect 3
says 3 uno
unread 3 4
server_is S
so 'The same. Two lines lie in the kernel, and the server sleeps.'

step 'Client 1 completes its line.'
says 1 ' line'
answered 1 'half a line'
unread 2 4
server_is S
so 'Client 1 has its answer. Client 2 has not: the server reads on, for client
1 might have another line.'

step 'Client 1 leaves (Ctrl-D).'
leaves 1
answered 2 one
unread 3 4
so 'Now the server accepts client 2, and finds a line that is long there.'

step 'Client 2 leaves.'
leaves 2
answered 3 uno
so 'And now client 3. One after the other, however long the one before stays.'

step 'Client 3 leaves, and Ctrl-C ends the server.'
leaves 3
shown server '127\.0\.0\.13:.* left$'
stop_server
so 'Every wait was in one of two calls: accept and recv.'
