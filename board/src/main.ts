/** Starts the page with the host that shows it. */

import { AppsHost } from "./apps_host.js";
import type { Host } from "./host.js";
import { HttpHost } from "./http_host.js";
import { Board } from "./page.js";

// A chat program shows the page inside a frame. Our own server does not allow that.
const isFramed = window.parent !== window;
const host: Host = isFramed ? new AppsHost() : new HttpHost();
const root = document.documentElement;

const page = new Board(host, document.querySelector("main")!);
new ResizeObserver(() => {
  const { width, height } = root.getBoundingClientRect();
  host.resized(Math.ceil(width), Math.ceil(height));
}).observe(root);
void host.start(page);
