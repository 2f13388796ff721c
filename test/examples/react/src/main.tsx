import "phonegate-client/sign-in";
import type { PhonegateSignIn } from "phonegate-client/sign-in";
import { useCallback, type DetailedHTMLProps, type HTMLAttributes } from "react";
import { createRoot } from "react-dom/client";
import { phonegate, useSession } from "./phonegate";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "phonegate-sign-in": DetailedHTMLProps<HTMLAttributes<PhonegateSignIn>, PhonegateSignIn> & {
        client?: PhonegateSignIn["client"];
        purpose?: "step_up";
        channels?: string;
      };
    }
  }
}

function App() {
  const session = useSession();
  const track = useCallback((element: PhonegateSignIn | null) => {
    if (element === null) return;
    const told = (event: CustomEvent<unknown>) => console.warn("phonegate", event.detail);
    element.addEventListener("phonegate:error", told);
    return () => element.removeEventListener("phonegate:error", told);
  }, []);
  // React 19 sets `client` as a property, since the element has one.
  if (session === undefined) return <phonegate-sign-in ref={track} client={phonegate} />;
  return (
    <main>
      <h1>Hello</h1>
      <p>{session.subject}</p>
      <button type="button" onClick={() => void phonegate.signOut()}>
        Sign out
      </button>
    </main>
  );
}

createRoot(document.getElementById("root")!).render(<App />);
