#!/usr/bin/env bash
# The play of lab 05: a task for each client, and one thread.

step 'The server starts. What does it do while nobody is there?'
listen_on_the_wire
start_server
server_is S
so 'Two tasks wait: one for clients, one for a signal. The thread sleeps in
epoll_wait.'

step 'Client 1 connects and sends half a line.'
connect 1
shown server '127\.0\.0\.11:.* came$'
begins 1 'half a'
unread 1 0
server_is S
so 'A third task: the function that serves client 1. It has stopped in the
middle, in stream_read_line, with half a line.'

step 'Client 2 connects and sends a line.'
connect 2
says 2 one
answered 2 one
server_is S
so 'The thread left the function of client 1 where it stands, and ran that of
client 2, in which there is no word of client 1.'

step 'Client 3 connects and sends a line.'
connect 3
says 3 uno
answered 3 uno
so 'The same. Five tasks, one thread.'

step 'Client 1 completes its line.'
says 1 ' line'
answered 1 'half a line'
so 'Its function went on behind stream_read_line, as if it had never stopped.'

step 'All three leave (Ctrl-D).'
leaves 1
leaves 2
leaves 3
shown server '127\.0\.0\.13:.* left$'
server_is S
so 'stream_read_line returned 0, the loop ended, the function returned: its task
has ended.'

step 'Ctrl-C ends the server.'
stop_server
so 'The signal was waited for like a line. make lab05-step shows each switch.'
