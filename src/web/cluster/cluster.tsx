// The page at /cluster.
import "../common/base.css";
import "../common/parts.css";
import "./cluster.css";
import "./nodes.css";
import "./sheets.css";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { inLanguage } from "../common/language.ts";
import { AdminPages, SignOutButton, TopBar } from "../common/ui/top-bar.tsx";
import { startPageSession } from "../sign-in/page-session.ts";
import type { Session } from "../sign-in/session.ts";
import { SignedIn } from "../sign-in/signed-in.tsx";
import { ClusterPage } from "./cluster-page.tsx";
import { clusterTexts } from "./cluster-texts.ts";

function Page({ session }: { readonly session: Session }) {
  const { title, pageTitle } = inLanguage(clusterTexts);
  useEffect(() => {
    document.title = pageTitle;
  }, [pageTitle]);
  const state = session.state.value;
  const isSignedIn = typeof state === "object";
  return (
    <>
      <TopBar home="/cluster" end={isSignedIn && <SignOutButton onClick={() => void session.signOut()} />}>
        {isSignedIn && state.role === "admin" ? <AdminPages current="cluster" /> : <span class="page-name soft">{title}</span>}
      </TopBar>
      <SignedIn session={session} page="cluster">
        {() => <ClusterPage session={session} />}
      </SignedIn>
    </>
  );
}

render(<Page session={startPageSession()} />, document.getElementById("app") ?? document.body);
