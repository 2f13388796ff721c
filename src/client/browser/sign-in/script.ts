// What a page loads as `<script type="module" src="…/elements/sign-in.js">`.
// This comes first: the element is registered by the second line, and needs the origin then.
export { PhonegateSignIn } from "./script-origin.ts";
export * from "./sign-in.ts";
