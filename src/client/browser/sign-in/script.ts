// The script that a page loads as `<script type="module" src="…/elements/sign-in.js">`. The order
// of the imports matters. The style sheet comes first: the code compresses better when it is in one
// piece. The origin comes before the element, because the second import registers it.
// oxlint-disable-next-line import/no-unassigned-import -- element.ts uses the text
import "./sign-in.css";
export { PhonegateSignIn } from "./script-origin.ts";
export * from "./sign-in.ts";
