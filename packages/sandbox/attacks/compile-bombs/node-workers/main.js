const { Worker } = require("node:worker_threads")
for (let i = 0; i < 4; i++) new Worker(__filename).on("error", () => {})
setInterval(() => {}, 1000)
