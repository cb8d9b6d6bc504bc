/** The worker of a page: takes a File, answers with the deploy model's bytes, or with what went wrong. */
import { blobSource, openModel, reparameterize } from '../../src/index.ts';

addEventListener('message', async ({ data }: MessageEvent<File>) => {
  try {
    const { model } = await reparameterize(await openModel(blobSource(data)));
    postMessage(model);
  } catch (error) {
    postMessage(String(error));
  }
});
