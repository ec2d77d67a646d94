#!/usr/bin/env bash
# The play of lab 03: a server that asks everybody, all the time.

step 'The server starts. What does it do while nobody is there?'
listen_on_the_wire
start_server
server_is R
so 'It runs. accept says EAGAIN, nobody yet, and it asks again, and again.'

step 'Client 1 connects and sends half a line.'
connect 1
shown server '127\.0\.0\.11:.* came$'
begins 1 'half a'
unread 1 0
server_is R
so 'The half line is kept in a buffer of client 1. The server asks on.'

step 'Client 2 connects and sends a line.'
connect 2
says 2 one
answered 2 one
so 'Answered at once, although client 1 has not finished: no call waited.'

step 'Client 3 connects and sends a line.'
connect 3
says 3 uno
answered 3 uno
server_is R
so 'The same. And what does that cost? A whole CPU, for three lines.'

step 'Client 1 completes its line.'
says 1 ' line'
answered 1 'half a line'
so 'The first half was in the buffer all the time.'

step 'All three leave (Ctrl-D).'
leaves 1
leaves 2
leaves 3
shown server '127\.0\.0\.13:.* left$'
server_is R
so 'recv says 0: gone. Nobody is there now, and the server still runs.'

step 'Ctrl-C ends the server.'
stop_server
so 'Nobody waited, and the server never slept: lab 04 has both.'
