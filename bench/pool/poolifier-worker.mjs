// The same work in poolifier's frame.
import { ThreadWorker } from "poolifier";
import work from "./worker.mjs";

export default new ThreadWorker(work);
