#!/usr/bin/env bash
# The play of lab 04: a server that sleeps until somebody needs it.

step 'The server starts. What does it do while nobody is there?'
listen_on_the_wire
start_server
server_is S
so 'It sleeps, in select, and watches the door.'

step 'Client 1 connects and sends half a line.'
connect 1
shown server '127\.0\.0\.11:.* came$'
begins 1 'half a'
unread 1 0
server_is S
so 'It woke twice: for the door, then for the bytes. It keeps them, and sleeps
in select, not in recv: it watches the door and client 1.'

step 'Client 2 connects and sends a line.'
connect 2
says 2 one
answered 2 one
server_is S
so 'Answered at once, and the server sleeps again.'

step 'Client 3 connects and sends a line.'
connect 3
says 3 uno
answered 3 uno
server_is S
so 'The same. Four descriptors are watched now, by one sleeper.'

step 'Client 1 completes its line.'
says 1 ' line'
answered 1 'half a line'
so 'The first half was in the buffer of client 1.'

step 'All three leave (Ctrl-D).'
leaves 1
leaves 2
leaves 3
shown server '127\.0\.0\.13:.* left$'
server_is S
so 'A client that leaves is readable: recv says 0. Only the door is watched
now.'

step 'Ctrl-C ends the server.'
stop_server
so 'Nobody waited for anybody, and the CPU was free.'
