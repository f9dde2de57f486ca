const held = []
for (;;) held.push(new Array(1e6).fill(held.length), "x".repeat(1e8) + held.length)
