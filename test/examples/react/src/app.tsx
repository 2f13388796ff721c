import { createPhonegate } from "phonegate-client";
import { SignIn, useSession } from "phonegate-client/react";

/** The client of the whole app. The browser's storage keeps the session when the page is closed. */
const phonegate = createPhonegate({
  baseUrl: import.meta.env.VITE_PHONEGATE ?? "http://127.0.0.1:8787",
  store: "local",
});

export function App() {
  const state = useSession(phonegate);
  return (
    <main>
      <h1>Shop</h1>
      {state.kind === "signed_out" && (
        <SignIn
          client={phonegate}
          texts={{ intro: "We send you a code by text." }}
          onStep={(step) => console.info("step", step)}
        />
      )}
      {state.kind === "signed_in" && (
        <>
          <p>Hello {state.session.subject}</p>
          <button type="button" onClick={() => void phonegate.signOut()}>
            Sign out
          </button>
        </>
      )}
    </main>
  );
}
