// The page at /teach.
import "../common/base.css";
import "../common/parts.css";
import "./teacher.css";
import "./obs.css";
import "./preview.css";
import "./panels.css";
import "./wall.css";
import { render } from "preact";
import { Toasts } from "../common/ui/toasts.tsx";
import { AdminPages, SignOutButton, TopBar } from "../common/ui/top-bar.tsx";
import { startPageSession } from "../sign-in/page-session.ts";
import { SignedIn } from "../sign-in/signed-in.tsx";
import { ClassList } from "./class-list.tsx";
import { ClassPage } from "./class-view.tsx";
import { classOf, createTeacherPage, type TeacherPage } from "./teacher-page.ts";

function Page({ page }: { readonly page: TeacherPage }) {
  const session = page.session.state.value;
  const isSignedIn = typeof session === "object";
  return (
    <>
      <TopBar home="/teach" end={isSignedIn && <SignOutButton onClick={() => void page.signOut()} />}>
        {isSignedIn && session.role === "admin" && <AdminPages current="teach" />}
      </TopBar>
      <SignedIn session={page.session} page="teach">
        {(info) => {
          const name = classOf(info, page.place.value);
          return name === undefined ? (
            <ClassList page={page} />
          ) : (
            <ClassPage key={name} page={page} name={name} isAdmin={info.role === "admin"} />
          );
        }}
      </SignedIn>
      <Toasts />
    </>
  );
}

render(<Page page={createTeacherPage(startPageSession(), window)} />, document.getElementById("app") ?? document.body);
