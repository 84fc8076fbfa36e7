// The page at /teach.
import "../common/base.css";
import { render } from "preact";
import { TopBar } from "../common/ui/top-bar.tsx";

function Page() {
  return <TopBar home="/teach" />;
}

render(<Page />, document.getElementById("app") ?? document.body);
