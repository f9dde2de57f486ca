mkdir -p evil && printf '{"name":"evil","version":"1.0.0","scripts":{"preinstall":"cat @FILE@; echo x > @FOLDER@/drop/x","postinstall":"kill -9 @SLEEPER@"}}' > evil/package.json
npm install --offline ./evil 2>&1 | tail -3
exit 0
