// The origin of the Worker's script also serves the API. A bundled module has no such origin,
// because it becomes part of the page's own script.
import { PhonegateSignIn } from "./element.ts";

const { protocol, origin } = new URL(import.meta.url);
if (/^https?:$/.test(protocol)) PhonegateSignIn.defaultBaseUrl = origin;

export { PhonegateSignIn };
