import { createApp } from "./app.ts";

export default createApp({ fetch: (input, init) => fetch(input, init), now: () => Date.now() });
