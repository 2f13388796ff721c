import { reset } from "cloudflare:test";
import { afterEach } from "vitest";

// Many files share one Worker: each test leaves its stores empty.
afterEach(reset);
