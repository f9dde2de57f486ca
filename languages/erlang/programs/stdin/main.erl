-module(main).
-export([main/0]).

main() ->
    Name = string:trim(io:get_line("Your name? ")),
    {ok, [Age]} = io:fread("Your age? ", "~d"),
    io:format("~s will be ~b next year.~n", [Name, Age + 1]).
