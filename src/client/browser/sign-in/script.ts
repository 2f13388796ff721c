// What a page loads as `<script type="module" src="…/elements/sign-in.js">`.
// This comes first: the element is registered by the second line, and needs the origin then.
// The style sheet comes first of all, so that the code lies together: that compresses better.
// oxlint-disable-next-line import/no-unassigned-import -- element.ts has the text
import "./sign-in.css";
export { PhonegateSignIn } from "./script-origin.ts";
export * from "./sign-in.ts";
