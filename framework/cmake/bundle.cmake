# The libraries of a report page with its viewer, as one script:  cmake -DFROM=web -DWORK=DIR -DOUT=bundle.js -DNPM=npm -P bundle.cmake
# What is fetched is pinned by package-lock.json and no script of a package is run. Without a network the bundle is empty, and pages
# hold pictures only.
file(MAKE_DIRECTORY ${WORK})
file(COPY ${FROM}/package.json ${FROM}/package-lock.json ${FROM}/view.js DESTINATION ${WORK})
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000
  WORKING_DIRECTORY ${WORK} RESULT_VARIABLE failed
  OUTPUT_FILE ${WORK}/npm.log ERROR_FILE ${WORK}/npm.log TIMEOUT 120)
if(NOT failed)
  execute_process(COMMAND ${WORK}/node_modules/.bin/esbuild view.js --bundle --minify --format=iife --target=es2020 --loader:.css=text
    --legal-comments=inline --charset=ascii --log-level=error --outfile=${OUT} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE failed)
endif()
if(failed)
  message(STATUS "the libraries of the report page could not be fetched (${WORK}/npm.log): panels will be pictures")
  file(WRITE ${OUT} "")
endif()
