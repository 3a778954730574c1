@echo off
rem Starts consensus; builds it first where that has not happened yet.
setlocal
set "HOME_DIR=%~dp0"
if "%HOME_DIR:~-1%"=="\" set "HOME_DIR=%HOME_DIR:~0,-1%"
set "JAR=%HOME_DIR%\probe\target\probe.jar"
if defined JAVA_HOME (set "JAVA=%JAVA_HOME%\bin\java.exe") else (set "JAVA=java")
if not exist "%JAR%" (
  where mvn >nul 2>nul
  if errorlevel 1 (
    echo consensus: not built yet, and mvn was not found; install Maven 3.8 or newer. 1>&2
    exit /b 2
  )
  echo consensus: building ^(once; the first time it fetches its libraries^) ... 1>&2
  pushd "%HOME_DIR%"
  call mvn -B -ntp -q -pl probe -DskipTests package 1>&2
  if errorlevel 1 (
    popd
    echo consensus: the build failed. 1>&2
    exit /b 1
  )
  popd
)
rem MKL otherwise splits sums by the number of threads and of rows: strict mode gives the same bits for any
if not defined MKL_CBWR set "MKL_CBWR=AUTO,STRICT"
"%JAVA%" -XX:+UseSerialGC -XX:NewSize=24m -Dai.djl.offline=true -DOPT_OUT_TRACKING=true -DRUST_FLAVOR=cpu -Djava.awt.headless=true -Dfile.encoding=UTF-8 "-Dconsensus.home=%HOME_DIR%" %CONSENSUS_JAVA_OPTIONS% -cp "%JAR%;%HOME_DIR%\probe\target\lib\*" org.consensusprobe.cli.Main %*
exit /b %ERRORLEVEL%
