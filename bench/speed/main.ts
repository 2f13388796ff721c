// `npm run bench`: how fast the production bundle is, beside the least that a Worker can do.
import { existsSync } from "node:fs";

// The stores of Miniflare are files in the folder for temporary ones: this keeps them in memory.
if (existsSync("/dev/shm")) process.env.TMPDIR = "/dev/shm";

const { report } = await import("./report.ts");
console.log(await report());
