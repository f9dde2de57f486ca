const held = []
for (;;) held.push(Buffer.alloc(16e6, 1))
