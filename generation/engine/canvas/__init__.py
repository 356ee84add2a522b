"""Work on pixels that needs no diffusion model: fitting, masks, upscaling, restoring faces."""
