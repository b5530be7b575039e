"""How fast, how light: one command each, printing a table. They need the extra `gazehub[train]`.

python -m benchmarks.photo                 one photo and its stages, the slider, threads, busy cores, 4,000 pixels
python -m benchmarks.whole_face            the authors' whole-face network beside it, through the same runtime
python -m benchmarks.command               `gazehub correct photo.jpg` and the import in fresh processes
python -m benchmarks.size                  what an installation without extras takes on the disk
python -m benchmarks.compare DIR           the photo beside another checkout, in alternation
python -m benchmarks.browser.page          how long a visitor of the web page waits, and the server's memory
python -m benchmarks.browser.live          the browser app's frames a second, delay, memory and stages
python -m benchmarks.browser.live_film     films in the browser app beside the library's
python -m benchmarks.browser.operations    multiply-adds and operators of its networks

python -m benchmarks.showcase              no figures: the pictures that README opens with,
python -m benchmarks.browser.page_picture  the one of the web page,
python -m benchmarks.browser.page_samples  and the page's own

Machines differ and are never quite quiet, so what is compared is measured in alternation, in one run.
"""
