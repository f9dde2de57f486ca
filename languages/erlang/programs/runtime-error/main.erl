-module(main).
-export([main/0]).

main() ->
    io:format("before~n"),
    error(too_cold).
