name = IO.gets("Your name? ") |> String.trim()
age = IO.gets("Your age? ") |> String.trim() |> String.to_integer()
IO.puts("#{name} will be #{age + 1} next year.")
