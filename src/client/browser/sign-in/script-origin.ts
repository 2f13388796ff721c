// Where a script came from serves the API too. The package's modules have no such origin: a bundler
// makes them part of the page's own script.
import { PhonegateSignIn } from "./element.ts";

const { protocol, origin } = new URL(import.meta.url);
if (/^https?:$/.test(protocol)) PhonegateSignIn.defaultBaseUrl = origin;

export { PhonegateSignIn };
