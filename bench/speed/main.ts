// `npm run bench`: the speed of the production bundle, beside a hello-world and a bare proxy.
import { existsSync } from "node:fs";

// Miniflare's stores are temporary files. This folder keeps them in memory.
if (existsSync("/dev/shm")) process.env.TMPDIR = "/dev/shm";

const { report } = await import("./report.ts");
console.log(await report());
