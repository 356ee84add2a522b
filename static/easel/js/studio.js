import "./morph.js";
import "./preview.js";
import { startCreate } from "./create.js";
import { startFades } from "./fades.js";
import { startLightbox } from "./lightbox.js";
import { startLive } from "./live.js";
import { startPictures } from "./pictures.js";
import { startToasts } from "./toasts.js";

startToasts();
startFades();
startCreate();
startLightbox();
startPictures();
startLive();
